/* Runs a fuzz target over the files that are named: inputs that once failed,
 * and seeds. */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

int main(int argc, char **argv) {
  enum { MOST = 1 << 20 };
  static uint8_t bytes[MOST];
  for (int i = 1; i < argc; ++i) {
    FILE *file = fopen(argv[i], "rb");
    if (!file) return 1;
    const size_t size = fread(bytes, 1, MOST, file);
    fclose(file);
    LLVMFuzzerTestOneInput(bytes, size);
  }
  printf("%d inputs\n", argc - 1);
  return argc > 1 ? 0 : 1;
}
