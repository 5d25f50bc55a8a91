#define _GNU_SOURCE
#include "CProcessSpawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

typedef struct {
  CProcessSpawn_step step;
  int error;
} Report;

static void fail(int report, CProcessSpawn_step step) {
  Report message = {step, errno};
  ssize_t ignored = write(report, &message, sizeof message);
  (void)ignored;
  _exit(127);
}

static void restoreSignals(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; number++) sigaction(number, &action, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static void closeOnExecFrom(int first) {
#if defined(__linux__) && defined(SYS_close_range)
  if (syscall(SYS_close_range, (unsigned)first, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */) == 0) return;
#endif
  long limit = sysconf(_SC_OPEN_MAX);
  if (limit < 0 || limit > 65536) limit = 65536;
  for (int descriptor = first; descriptor < limit; descriptor++) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

// Only async-signal-safe calls from here to exec.
static void becomeProgram(const CProcessSpawn_request *request, pid_t parent, int report) {
  if (setsid() < 0) fail(report, CProcessSpawn_setup);
#ifdef __linux__
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) fail(report, CProcessSpawn_setup);
#endif
  // The parent may have died before the line above took effect.
  if (getppid() != parent) _exit(127);
  umask(077);
  if (chdir(request->directory) < 0) fail(report, CProcessSpawn_directory);
  int input = open("/dev/null", O_RDONLY);
  if (input < 0 || dup2(input, 0) < 0 || dup2(request->output, 1) < 0 || dup2(request->output, 2) < 0)
    fail(report, CProcessSpawn_setup);
  closeOnExecFrom(3);
  restoreSignals();
  execve(request->path, request->argv, request->envp);
  fail(report, CProcessSpawn_exec);
}

int CProcessSpawn_pipe(int *ends) {
#ifdef __linux__
  return pipe2(ends, O_CLOEXEC);
#else
  if (pipe(ends) < 0) return -1;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  return 0;
#endif
}

// Both ends above the standard descriptors, so that dup2 in the child cannot overwrite them.
static int makeReportPipe(int ends[2]) {
  if (CProcessSpawn_pipe(ends) < 0) return -1;
  for (int index = 0; index < 2; index++) {
    int moved = fcntl(ends[index], F_DUPFD_CLOEXEC, 3);
    close(ends[index]);
    if (moved < 0) {
      if (index == 0) close(ends[1]); else close(ends[0]);
      return -1;
    }
    ends[index] = moved;
  }
  return 0;
}

pid_t CProcessSpawn_start(const CProcessSpawn_request *request, CProcessSpawn_step *step, int *error) {
  *step = CProcessSpawn_none;
  *error = 0;
  int report[2];
  if (makeReportPipe(report) < 0) {
    *step = CProcessSpawn_fork;
    *error = errno;
    return -1;
  }
  // No handler of ours may run in the child before its handlers are reset.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t parent = getpid();
  pid_t pid = fork();
  int forkError = errno;
  if (pid == 0) becomeProgram(request, parent, report[1]);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  close(report[1]);
  if (pid < 0) {
    close(report[0]);
    *step = CProcessSpawn_fork;
    *error = forkError;
    return -1;
  }
  Report message;
  ssize_t count;
  do count = read(report[0], &message, sizeof message);
  while (count < 0 && errno == EINTR);
  close(report[0]);
  if (count != (ssize_t)sizeof message) return pid;
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
  *step = message.step;
  *error = message.error;
  return -1;
}

int CProcessSpawn_watch(pid_t pid) {
#if defined(__linux__) && defined(SYS_pidfd_open)
  return (int)syscall(SYS_pidfd_open, pid, 0);
#else
  (void)pid;
  errno = ENOSYS;
  return -1;
#endif
}

int CProcessSpawn_hasEnded(pid_t pid) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0) return -1;
  return info.si_pid == pid;
}

int CProcessSpawn_reap(pid_t pid, int *code, int *signal) {
  int status = 0;
  *code = -1;
  *signal = -1;
  pid_t found;
  do found = waitpid(pid, &status, WNOHANG);
  while (found < 0 && errno == EINTR);
  if (found != pid) return 0;
  if (WIFSIGNALED(status)) *signal = WTERMSIG(status); else *code = WEXITSTATUS(status);
  return 1;
}
