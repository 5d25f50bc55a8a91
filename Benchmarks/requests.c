/* Counts what a program asks its engines, without its knowledge: statements that SQLite runs, told apart by the
 * database's file, and LDAP requests that are written to a TCP connection. Preloaded by driftbench.py, which reads the
 * counters from the file that REQUESTS_FILE names.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
sqlite3 *sqlite3_db_handle(sqlite3_stmt *);
const char *sqlite3_db_filename(sqlite3 *, const char *);
int sqlite3_stmt_busy(sqlite3_stmt *);

enum { objects, state, ldap, count };
static _Atomic unsigned long unread[count];
static _Atomic unsigned long *counters = unread;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("REQUESTS_FILE");
  int file = path ? open(path, O_RDWR | O_CREAT, 0600) : -1;
  if (file < 0 || ftruncate(file, sizeof unread) != 0) return;
  void *place = mmap(NULL, sizeof unread, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (place != MAP_FAILED) counters = place;
  close(file);
}

int sqlite3_step(sqlite3_stmt *statement) {
  static int (*real)(sqlite3_stmt *);
  if (!real) real = dlsym(RTLD_NEXT, "sqlite3_step");
  if (!sqlite3_stmt_busy(statement)) {
    const char *name = sqlite3_db_filename(sqlite3_db_handle(statement), "main");
    if (name && strstr(name, "metadata.sqlite")) atomic_fetch_add(&counters[objects], 1);
    else atomic_fetch_add(&counters[state], 1);
  }
  return real(statement);
}

/* The length of the LDAP message that begins here (RFC 4511, section 4.1.1), and whether it is a request; 0 when it is no
 * LDAP message. */
static size_t message(const unsigned char *bytes, size_t length, int *is_request) {
  if (length < 7 || bytes[0] != 0x30) return 0;
  size_t head = 2, body = bytes[1];
  if (body & 0x80) {
    size_t digits = body & 0x7f;
    if (digits == 0 || digits > 4 || length < 2 + digits + 4) return 0;
    for (body = 0; head < 2 + digits; head++) body = body << 8 | bytes[head];
  }
  if (bytes[head] != 0x02 || bytes[head + 1] > 4 || head + 2 + bytes[head + 1] >= length) return 0;
  unsigned char tag = bytes[head + 2 + bytes[head + 1]];
  *is_request = memchr("\x60\x42\x63\x66\x68\x4a\x6c\x6e\x77", tag, 9) != NULL;
  return (tag & 0xc0) == 0x40 ? head + body : 0;
}

/* Clients and the server may live in one process, so answers are let alone. */
static void note(int socket, const void *start, size_t length) {
  struct sockaddr_storage peer;
  socklen_t size = sizeof peer;
  int is_request = 0;
  const unsigned char *bytes = start;
  if (!message(bytes, length, &is_request) || getpeername(socket, (struct sockaddr *)&peer, &size) != 0) return;
  if (peer.ss_family != AF_INET && peer.ss_family != AF_INET6) return;
  for (size_t one; (one = message(bytes, length, &is_request)) > 0; bytes += one, length -= one) {
    if (is_request) atomic_fetch_add(&counters[ldap], 1);
    if (one >= length) return;
  }
}

ssize_t write(int socket, const void *bytes, size_t length) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) real = dlsym(RTLD_NEXT, "write");
  note(socket, bytes, length);
  return real(socket, bytes, length);
}

ssize_t writev(int socket, const struct iovec *parts, int number) {
  static ssize_t (*real)(int, const struct iovec *, int);
  if (!real) real = dlsym(RTLD_NEXT, "writev");
  for (int part = 0; part < number; part++) note(socket, parts[part].iov_base, parts[part].iov_len);
  return real(socket, parts, number);
}
