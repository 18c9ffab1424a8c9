/* Write the sample file to the path given, for the checks of other tools. */
#include "sample.h"

int main(int argc, char **argv) {
  iclgd_error err;
  if (argc != 2) return 2;
  if (!sample_write(argv[1], true, true, &err)) return 0;
  fprintf(stderr, "%s\n", err.text);
  return 1;
}
