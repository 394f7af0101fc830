// Matrix products.
#include "internal.h"

typedef struct products {
  cdnn_layout source, weights, bias, destination;
} products;

static products layouts_create(const cdnn_tensor *source, const cdnn_tensor *weights, const cdnn_tensor *bias,
                               const cdnn_tensor *destination) {
  return (products){cdnn_layout_create(source), cdnn_layout_create(weights), cdnn_layout_create(bias),
                    cdnn_layout_create(destination)};
}

static void layouts_destroy(const products *p) {
  cdnn_layout_destroy(p->source);
  cdnn_layout_destroy(p->weights);
  cdnn_layout_destroy(p->bias);
  cdnn_layout_destroy(p->destination);
}

static dnnl_primitive_desc_t describe_matmul(const products *p, dnnl_primitive_attr_t attributes) {
#if CDNN_VERSION_2
  dnnl_matmul_desc_t operation;
  if (cdnn.dnnl_matmul_desc_init(&operation, p->source, p->weights, p->bias, p->destination) != dnnl_success) return NULL;
  return cdnn_describe(&operation, attributes, NULL);
#else
  dnnl_primitive_desc_t description = NULL;
  const dnnl_status_t status = cdnn.dnnl_matmul_primitive_desc_create(&description, cdnn.engine, p->source, p->weights,
                                                                      p->bias, p->destination, attributes);
  return status == dnnl_success ? description : NULL;
#endif
}

cdnn_primitive *cdnn_matmul(const cdnn_tensor *source, const cdnn_tensor *weights, const cdnn_tensor *bias,
                            const cdnn_tensor *destination, const cdnn_epilogue *epilogue, int threads) {
  const products p = layouts_create(source, weights, bias, destination);
  const int threads_before = cdnn_set_threads(threads);
  dnnl_primitive_attr_t attributes = cdnn_attributes_create(epilogue);
  cdnn_primitive *primitive = attributes ? cdnn_primitive_create(describe_matmul(&p, attributes), threads) : NULL;
  if (attributes) cdnn.dnnl_primitive_attr_destroy(attributes);
  cdnn_set_threads(threads_before);
  layouts_destroy(&p);
  return primitive;
}
