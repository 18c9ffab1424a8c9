/* The multiply-adds that a training step needs for a prompt (bench.h). */
#include <iclgd/linear.h>

#include "bench/bench.h"
#include "engine/kept.h"
#include "engine/last_layers.h"

/* Of k last layers by vectors, in D^2: products with the Gram matrix, those of
 * the levels with P and Q, the query's, and outer products. */
static double last_products_of(size_t k, bool all) {
  const double gram = (double)last_products(k - 1);
  double products = 0, outer = 1;
  for (size_t i = 0; i + 1 < k; ++i) {
    products += (double)last_products(i);
    outer += 4 * (double)last_products(i) + 2;
  }
  const double query = 4 * (double)k - 2 - (all ? 1 : 0);
  return 2 * gram + 8 * products + query + outer + (all ? 0 : gram);
}

static double linear_products(const iclgd_model *model,
                              const iclgd_distribution *dist) {
  const double d = (double)dist->d, D = d + 1;
  const size_t L = iclgd_model_depth(model);
  const double context =
      (double)iclgd_distribution_tokens(dist) * d * (d + 1) / 2;
  if (iclgd_model_descends(model)) return context + 5 * d * d * (double)L;
  const size_t k = last_layers(dist->d + 1, L),
               t = iclgd_distribution_tokens(dist);
  if (L == 1 && kept_pays(t, dist->d)) return 4 * (double)t * d + 2 * D * D;
  const double cubes = L > k ? 10 * (double)(L - k) - 1.5 : 0;
  return context + cubes * D * D * D + last_products_of(k, L == k) * D * D;
}

/* A block whose last `rows` of T tokens are needed. */
static double block_products(const iclgd_transformer *t, size_t T,
                             size_t rows) {
  const double C = (double)t->width, K = (double)(t->heads * t->key);
  const double V = (double)(t->heads * t->value), M = (double)t->mlp_width;
  const double all = (double)T, some = (double)rows;
  double pairs = 0;
  for (size_t i = T - rows; i < T; ++i)
    pairs += (double)iclgd_transformer_visible(t, i, T);
  const double q = t->dot_product ? some * C * K : 0;
  const double k = t->dot_product && !t->merged ? all * C * K : 0;
  const double scores = t->dot_product ? pairs * K : 0;
  const double out = t->output ? some * V * C : 0;
  const double mlp = some * C * M * (t->mlp == ICLGD_MLP_SWIGLU ? 3 : 2);
  return q + k + all * C * V + scores + pairs * V + out + mlp;
}

static double transformer_products(const iclgd_model *model,
                                   const iclgd_distribution *dist,
                                   bool prefixes) {
  const iclgd_transformer *t = &model->transformer;
  const size_t T = iclgd_transformer_tokens(t, dist->n);
  const size_t depth = iclgd_model_depth(model);
  double sum = 0;
  if (t->reads_in) sum += (double)(T * t->token_width * t->width);
  for (size_t l = 0; l < depth; ++l)
    sum += block_products(t, T, prefixes || l + 1 < depth ? T : 1);
  return 3 * sum;
}

double iclgd_bench_flops(const iclgd_model *model,
                         const iclgd_distribution *dist, bool prefixes) {
  return 2 * (model->linear ? linear_products(model, dist)
                            : transformer_products(model, dist, prefixes));
}
