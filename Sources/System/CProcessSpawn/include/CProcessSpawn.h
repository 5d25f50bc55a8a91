// Starting and watching child processes: what has to happen between fork and exec cannot be written in Swift, since only
// async-signal-safe functions may run there.
#ifndef CPROCESSSPAWN_H
#define CPROCESSSPAWN_H

#include <sys/types.h>

// What to start. All strings are borrowed for the call. `argv` and `envp` end with a null pointer.
typedef struct {
  const char *_Nonnull path;
  char *_Nullable const *_Nonnull argv;
  char *_Nullable const *_Nonnull envp;
  const char *_Nonnull directory;
  // Becomes standard output and standard error; standard input is /dev/null.
  int output;
} CProcessSpawn_request;

// The step that failed.
typedef enum {
  CProcessSpawn_none = 0,
  CProcessSpawn_fork = 1,
  CProcessSpawn_directory = 2,
  CProcessSpawn_setup = 3,
  CProcessSpawn_exec = 4
} CProcessSpawn_step;

// Starts a process as leader of a new session and process group, with default signal handling, umask 077, no other open
// files, and (on Linux) killed when the calling THREAD ends: call it on a thread that lives as long as the program.
// Returns its pid once exec has succeeded, or -1 with `step` and `error` (an errno) set and nothing left behind.
pid_t CProcessSpawn_start(const CProcessSpawn_request *_Nonnull request, CProcessSpawn_step *_Nonnull step,
                          int *_Nonnull error);

// Makes a pipe whose two ends are closed on exec. Returns 0, or -1 with errno.
int CProcessSpawn_pipe(int *_Nonnull ends);

// A descriptor that becomes readable when the process ends; -1 with errno where the system has none.
int CProcessSpawn_watch(pid_t pid);

// Looks whether our child has ended, without reaping it: 1 yes, 0 no, -1 it is no child of ours.
int CProcessSpawn_hasEnded(pid_t pid);

// Reaps our ended child. Returns 1 and sets either `code` or `signal` (the other is -1), or 0 when there is none.
int CProcessSpawn_reap(pid_t pid, int *_Nonnull code, int *_Nonnull signal);

#endif
