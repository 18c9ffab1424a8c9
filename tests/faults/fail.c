/* Calls that fail on demand, preloaded under the program (faults.py makes the
 * stubs: one symbol each, which ask here first).
 *   FAULT_KIND  h5, memory or system: which calls may fail
 *   FAULT_SITE  the place in the program, MODULE:OFFSET (absent: any)
 *   FAULT_AT    its n-th call fails, from 1 (absent: none)
 *   FAULT_LOG   a file for the name and the place of every call */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One row per symbol; `how` 'c' does what is asked and then says it failed,
 * 'f' only says so. */
struct stub {
  const char *name;
  char kind, how;
  int reason;
  int64_t value;
  void *real;
};
extern struct stub fault_stubs[];

struct answer {
  void *real;
  int64_t mode; /* 0 goes on, 1 fails, 2 is done and fails */
};

static struct { uintptr_t from, to; } modules[2]; /* the program, jansson */
static char wanted_kind, is_ready;
static int wanted_module = -1, log_file = -1;
static uintptr_t wanted_offset;
static long wanted_at, seen;

/* glibc's own, while the real ones are not known yet. */
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t),
    *__libc_realloc(void *, size_t);

static int keep_module(struct dl_phdr_info *info, size_t size, void *context) {
  int *count = context;
  (void)size;
  const int which = (*count)++ == 0                         ? 0
                    : strstr(info->dlpi_name, "libjansson") ? 1
                                                            : -1;
  for (int i = 0; which >= 0 && i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr) *p = &info->dlpi_phdr[i];
    if (p->p_type != PT_LOAD || !(p->p_flags & PF_X)) continue;
    modules[which].from = info->dlpi_addr + p->p_vaddr;
    modules[which].to = modules[which].from + p->p_memsz;
  }
  return 0;
}

__attribute__((constructor)) static void prepare(void) {
  int count = 0;
  const char *kind = getenv("FAULT_KIND"), *site = getenv("FAULT_SITE");
  const char *at = getenv("FAULT_AT"), *log = getenv("FAULT_LOG");
  if (!kind) return;
  wanted_kind = *kind;
  wanted_at = at ? atol(at) : 0;
  if (site)
    wanted_module = *site - '0', wanted_offset = strtoul(site + 2, 0, 16);
  dl_iterate_phdr(keep_module, &count);
  if (log)
    log_file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  is_ready = 1;
}

static void *real_of(struct stub *s) {
  if (!s->real && strcmp(s->name, "malloc") == 0) s->real = __libc_malloc;
  if (!s->real && strcmp(s->name, "calloc") == 0) s->real = __libc_calloc;
  if (!s->real && strcmp(s->name, "realloc") == 0) s->real = __libc_realloc;
  if (!s->real) s->real = dlsym(RTLD_NEXT, s->name);
  return s->real;
}

static void note(const struct stub *s, int module, uintptr_t offset) {
  char line[128];
  const int length = snprintf(line, sizeof line, "%s %d:%lx\n", s->name, module,
                              (unsigned long)offset);
  if (write(log_file, line, (size_t)length) < 0) log_file = -1;
}

struct answer fault_ask(size_t which, uintptr_t caller) {
  struct stub *s = &fault_stubs[which];
  struct answer answer = {real_of(s), 0};
  if (!is_ready || s->kind != wanted_kind) return answer;
  for (int m = 0; m < 2; ++m) {
    if (caller < modules[m].from || caller >= modules[m].to) continue;
    const uintptr_t offset = caller - modules[m].from;
    if (log_file >= 0) note(s, m, offset);
    if (wanted_module >= 0 && (m != wanted_module || offset != wanted_offset))
      continue;
    if (++seen != wanted_at) continue;
    errno = s->reason;
    answer.mode = s->how == 'c' ? 2 : 1;
    if (answer.mode == 1) answer.real = (void *)s->value;
  }
  return answer;
}
