/* Which keys of a claim can be changed: those that its setting gives.
 *
 * A check reads its setting and nothing else, so that a key that is not there
 * would change nothing, or the law behind the closed form. Some words of a
 * setting say what the claim is about; and a claim whose number was printed
 * somewhere, or whose training was chosen, holds at its own setting alone.
 */
#include <stdio.h>
#include <string.h>

#include "verify.h"

/* The key of a word "key=value" or "prompt.key=value". */
static const char *key_of(const char *word, size_t *length) {
  static const char room[] = "prompt.";
  if (strncmp(word, room, sizeof room - 1) == 0) word += sizeof room - 1;
  *length = strcspn(word, "= ");
  return word;
}

static bool is_one_of(const char *key, size_t length, const char *words) {
  for (; *words; words += strcspn(words, " ") + 1)
    if (strcspn(words, " ") == length && strncmp(words, key, length) == 0)
      return true;
  return false;
}

/* Words that are the claim: other ones would be another claim. */
static bool is_subject(const char *key, size_t length) {
  return is_one_of(key, length, "x w task rotate figure ") ||
         memchr(key, '.', length);
}

static bool is_pinned(const iclgd_claim *claim) {
  return claim->kind == ICLGD_PUBLISHED || claim->kind == ICLGD_REGRESSION ||
         strstr(claim->setting, "train.");
}

static bool can_change(const iclgd_claim *claim, const char *key,
                       size_t length) {
  return !is_subject(key, length) &&
         (!is_pinned(claim) || is_one_of(key, length, "prompts "));
}

/* The keys that can be changed, ", " between them. */
static void list_keys(const iclgd_claim *claim, char *out, size_t size) {
  size_t used = 0;
  out[0] = '\0';
  for (const char *at = claim->setting; *at; at += strspn(at, " ")) {
    size_t length;
    const char *key = key_of(at, &length);
    if (can_change(claim, key, length) && used + length + 3 < size)
      used += (size_t)snprintf(out + used, size - used, "%s%.*s",
                               used ? ", " : "", (int)length, key);
    at += strcspn(at, " ");
  }
  if (!used) snprintf(out, size, "none but seed");
}

iclgd_status iclgd_claim_takes(const iclgd_claim *claim, const char *change,
                               iclgd_error *err) {
  size_t length;
  const char *key = key_of(change, &length);
  bool has = false;
  char keys[256];
  for (const char *at = claim->setting; *at; at += strspn(at, " ")) {
    size_t own;
    const char *word = key_of(at, &own);
    has |= own == length && strncmp(word, key, length) == 0;
    at += strcspn(at, " ");
  }
  if (has && can_change(claim, key, length)) return ICLGD_OK;
  list_keys(claim, keys, sizeof keys);
  return iclgd_fail(
      err, ICLGD_EUSAGE, "%s: %s '%.*s'; its keys: %s", claim->id,
      !has                      ? "has no key"
      : is_subject(key, length) ? "is about its own value of"
      : claim->kind == ICLGD_PUBLISHED || claim->kind == ICLGD_REGRESSION
          ? "its number was found with its own value of"
          : "its training was chosen for its own value of",
      (int)length, key, keys);
}
