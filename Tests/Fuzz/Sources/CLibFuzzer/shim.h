// The way into libFuzzer for programs that have a main of their own (llvm.org/docs/LibFuzzer.html, "Using libFuzzer as
// a library"): the package manager renames main, so libFuzzer's own is not found.
#ifndef CLIBFUZZER_SHIM_H
#define CLIBFUZZER_SHIM_H
#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));
#endif
