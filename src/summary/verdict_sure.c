/* How sure the answer is: on how many prompts, within which interval, what one
 * step size alone leaves, and which other algorithms do the same there. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "summary/verdict.h"

/* Whether `name` stands in a list of names with commas. */
static bool is_listed(const char *list, const char *name) {
  const size_t length = strlen(name);
  while (*list) {
    const size_t word = strcspn(list, ",");
    if (word == length && strncmp(list, name, length) == 0) return true;
    list += word;
    list += *list == ',';
  }
  return false;
}

/* Whether the hypothesis holds `name` as a special case: it stands in its
 * `extends`, which has all of them. */
static bool extends(const json_t *h, const char *name) {
  return is_listed(iclgd_json_text(h, "extends"), name);
}

static bool are_nested(const json_t *a, const json_t *b) {
  return extends(a, iclgd_json_text(b, "name")) ||
         extends(b, iclgd_json_text(a, "name"));
}

/* Interval of a single parameter that is not known to four digits. */
static void say_interval(iclgd_saying *s, const json_t *h) {
  const double low = iclgd_json_at(h, "low", 0);
  const double high = iclgd_json_at(h, "high", 0);
  const double value = iclgd_json_at(h, "value", 0);
  if (iclgd_json_whole(h, "parameters") != 1 ||
      !(high - low > 1e-4 * fabs(value)))
    return;
  iclgd_say(s, ", with a 95%% interval of %.4g to %.4g for the fitted value",
            low, high);
}

/* What the question on the door leaves, where the answer is richer. */
static void say_descent(iclgd_saying *s, const json_t *summary,
                        const json_t *chosen) {
  const json_t *gd = iclgd_hypothesis(summary, "gd");
  const double share = 100 * iclgd_json_real(gd, "overall");
  const json_t *member = json_object_get(summary, "identify");
  if (strcmp(iclgd_json_text(member, "kind"), "none") == 0) return;
  if (!gd || gd == chosen || !isfinite(share) ||
      share <= 100 * iclgd_json_real(chosen, "overall"))
    return;
  iclgd_say(s, "; gradient descent with one step size leaves %.*f%%",
            share < 1    ? 3
            : share < 10 ? 1
                         : 0,
            share);
}

/* Titles have commas: "GD, a step size per layer" in a list is "GD (a step size
 * per layer)". */
static void say_title(iclgd_saying *s, const json_t *h) {
  const char *title = iclgd_json_text(h, "title");
  const size_t head = strcspn(title, ",");
  iclgd_say(s, "%.*s", (int)head, title);
  if (title[head]) iclgd_say(s, " (%s)", title + head + 2);
}

/* What more parameters buy: of those that are no matter of form the one that
 * leaves least, where that is much less. True when there is one. */
static bool say_richer(iclgd_saying *s, const json_t *summary,
                       const json_t *chosen) {
  const double exact = 1e-10, much = 0.25;
  const json_t *member = json_object_get(summary, "identify");
  const json_t *best = NULL;
  double least = much * iclgd_json_real(chosen, "overall");
  size_t i;
  json_t *h;
  if (strcmp(iclgd_json_text(member, "kind"), "exact") == 0) return false;
  json_array_foreach(json_object_get(member, "hypotheses"), i, h) {
    const double share = iclgd_json_real(h, "overall");
    if (iclgd_json_whole(h, "by_construction") || !(share < least) ||
        -iclgd_json_real(h, "excess") <= 2 * iclgd_json_real(h, "excess_error"))
      continue;
    best = h;
    least = share;
  }
  if (!best) return false;
  iclgd_say(s, "; ");
  say_title(s, best);
  const long parameters = iclgd_json_whole(best, "parameters");
  iclgd_say(s, ", of %ld parameter%s, ", parameters,
            parameters == 1 ? "" : "s");
  if (least < exact)
    iclgd_say(s, "is exact");
  else
    iclgd_say(s, "leaves %.2g%%", 100 * least);
  return true;
}

/* Rounding aside, o explains the model as well as the chosen one: the two are
 * within `near` of each other, and the model is not clearly closer to one. */
static bool is_alike(const json_t *chosen, const json_t *o, size_t at,
                     double near, bool exact) {
  const double apart = iclgd_json_at(chosen, "apart", at);
  const double excess = iclgd_json_real(o, "excess");
  const double error = iclgd_json_real(o, "excess_error");
  if (!(apart <= near) || are_nested(chosen, o) ||
      iclgd_json_real(o, "stride") != iclgd_json_real(chosen, "stride") ||
      iclgd_json_whole(o, "by_construction"))
    return false;
  return exact || excess <= 2 * error || isnan(error);
}

/* Other algorithms that the prompts cannot tell from the chosen one, by name;
 * where the model is one exactly, those that come close to it here. */
static void say_alike(iclgd_saying *s, const json_t *summary,
                      const json_t *chosen) {
  enum { SAID = 3 };
  const double hardly = 0.002;
  const json_t *member = json_object_get(summary, "identify");
  const char *kind = iclgd_json_text(member, "kind");
  const bool exact = strcmp(kind, "exact") == 0;
  const double near = exact ? hardly
                            : fmax(iclgd_json_real(member, "tolerance"),
                                   iclgd_json_real(chosen, "overall"));
  const json_t *others[SAID] = {NULL};
  size_t count = 0, i;
  double most = 0;
  json_t *o;
  if (strcmp(kind, "none") == 0) return;
  json_array_foreach(json_object_get(member, "hypotheses"), i, o) {
    if (o == chosen || !is_alike(chosen, o, i, near, exact)) continue;
    if (count < SAID) others[count] = o;
    most = fmax(most, iclgd_json_at(chosen, "apart", i));
    ++count;
  }
  if (count == 0) return;
  iclgd_say(s,
            exact && most > 1e-10
                ? "; close to it on these prompts, to within %.2g%%:"
                : "; on these prompts it cannot be told apart from",
            100 * most);
  for (i = 0; i < count && i < SAID; ++i) {
    iclgd_say(s, i ? ", " : " ");
    say_title(s, others[i]);
  }
  if (count > SAID) iclgd_say(s, " and %zu more", count - SAID);
}

void iclgd_verdict_say_how_sure(iclgd_saying *s, const json_t *summary) {
  const json_t *member = json_object_get(summary, "identify");
  const json_t *h = iclgd_hypothesis_chosen(summary);
  const long prompts = iclgd_json_whole(member, "prompts");
  const long excluded = iclgd_json_whole(member, "excluded");
  iclgd_say(s, " Measured on %s%ld prompts that took no part in the fit",
            prompts < 30 ? "only " : "", prompts);
  if (excluded > 0)
    iclgd_say(s, " (%ld whose predictions are not finite are left out)",
              excluded);
  say_interval(s, h);
  say_descent(s, summary, h);
  if (!say_richer(s, summary, h)) say_alike(s, summary, h);
  iclgd_say(s, ".");
}
