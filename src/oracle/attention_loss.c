/* The loss of one layer of attention by its definition, token by token. */
#include <iclgd/attention_hessian.h>

#include <math.h>

/* T_ij = tau x_i^T Q K^T x_j. */
static double score(const iclgd_attention_layer *s, size_t i, size_t j) {
  const double *x = s->X + i * s->d, *z = s->X + j * s->d;
  double sum = 0;
  for (size_t a = 0; a < s->d; ++a)
    for (size_t b = 0; b < s->d; ++b) {
      double G = s->merged ? s->Q[a * s->d + b] : 0;
      for (size_t k = 0; !s->merged && k < s->key; ++k)
        G += s->Q[a * s->key + k] * s->K[b * s->key + k];
      sum += x[a] * G * z[b];
    }
  return s->tau * sum;
}

double iclgd_attention_loss(const iclgd_attention_layer *s, double *work) {
  double loss = 0;
  for (size_t i = 0; i < s->L; ++i) {
    double most = -INFINITY, sum = 0;
    for (size_t j = 0; j < s->L; ++j) {
      work[j] = score(s, i, j);
      most = fmax(most, work[j]);
    }
    for (size_t j = 0; s->softmax && j < s->L; ++j)
      sum += work[j] = exp(work[j] - most);
    for (size_t e = 0; e < s->value; ++e) {
      double off = -s->Y[i * s->value + e];
      for (size_t j = 0; j < s->L; ++j)
        for (size_t a = 0; a < s->d; ++a)
          off += (s->softmax ? work[j] / sum : work[j]) * s->X[j * s->d + a] *
                 s->V[a * s->value + e];
      loss += s->c[i] * off * off / 2;
    }
  }
  return loss;
}
