// Included once per element type and SIMD level with CK_T, CK_L(name), CK_F(name), CK_LANES, CK_TARGET, CK_ROWS1,
// CK_ROWS2, CK_DEPTH1, CK_DEPTH2, and CK_LOAD_PART / CK_STORE_PART defined.

typedef CK_T CK_L(vec) __attribute__((vector_size(CK_LANES * sizeof(CK_T))));
typedef CK_T CK_L(loose) __attribute__((vector_size(CK_LANES * sizeof(CK_T)), aligned(sizeof(CK_T)), may_alias));
#define CK_VEC CK_L(vec)
#define CK_LOOSE CK_L(loose)

// out[0..<n] (+)= v
CK_INLINE CK_TARGET void CK_L(put)(CK_T *out, const CK_VEC *v, size_t n, int accumulate) {
  if (n >= CK_LANES) {
    *(CK_LOOSE *)out = accumulate ? *v + *(const CK_LOOSE *)out : *v;
  } else {
    CK_VEC whole = *v, old;
    if (accumulate) {
      CK_LOAD_PART(old, out, n);
      whole += old;
    }
    CK_STORE_PART(out, whole, n);
  }
}

#include "tile_gather_template.h"
#include "tile_outer_template.h"
#include "tile_panel_template.h"
#include "tile_planar_template.h"

static const struct CK_F(ck_tiles) CK_L(tiles) = {
  .lanes = CK_LANES,
  .rows = {0, CK_ROWS1, CK_ROWS2},
  .gather = CK_L(gather),
  .outer = CK_L(outer),
  .outer_runs = CK_L(outer_runs),
  .planar = CK_L(planar),
  .panel = CK_L(panel),
};

#undef CK_VEC
#undef CK_LOOSE
#undef CK_T
#undef CK_L
#undef CK_F
#undef CK_LANES
#undef CK_LOAD_PART
#undef CK_STORE_PART
