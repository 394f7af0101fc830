// libhdf5 as Swift can use it: its predefined types and defaults are macros over mutable globals or casts, and some of
// its functions are macros over versions of themselves. A static inline function each makes them plain functions.
#ifndef APUS_CHDF5_SHIM_H
#define APUS_CHDF5_SHIM_H

#include <hdf5.h>
#include <stdio.h>
#include <string.h>

// MARK: Constants

static inline hid_t hdf5_default(void) { return H5P_DEFAULT; }
static inline hid_t hdf5_whole(void) { return H5S_ALL; }
static inline size_t hdf5_variable_length(void) { return H5T_VARIABLE; }
static inline hid_t hdf5_class_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t hdf5_class_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline unsigned hdf5_open_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned hdf5_open_replace(void) { return H5F_ACC_TRUNC; }

// MARK: Element types

static inline hid_t hdf5_float32(void) { return H5T_IEEE_F32LE; }
static inline hid_t hdf5_float64(void) { return H5T_IEEE_F64LE; }
static inline hid_t hdf5_int8(void) { return H5T_STD_I8LE; }
static inline hid_t hdf5_int32(void) { return H5T_STD_I32LE; }
static inline hid_t hdf5_int64(void) { return H5T_STD_I64LE; }
static inline hid_t hdf5_uint8(void) { return H5T_STD_U8LE; }
static inline hid_t hdf5_uint64(void) { return H5T_STD_U64LE; }
static inline hid_t hdf5_c_string(void) { return H5T_C_S1; }

/// A little-endian floating type of two bytes: 5 and 10 bits make float16, 8 and 7 make bfloat16. To be closed.
static inline hid_t hdf5_make_float_2(size_t exponent_bits, size_t mantissa_bits) {
  hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  if (type < 0) return type;
  size_t bias = ((size_t)1 << (exponent_bits - 1)) - 1;
  if (H5Tset_fields(type, 15, mantissa_bits, exponent_bits, 0, mantissa_bits) < 0 || H5Tset_size(type, 2) < 0 ||
      H5Tset_ebias(type, bias) < 0) {
    H5Tclose(type);
    return -1;
  }
  return type;
}

// MARK: Set-up and errors

/// Starts the library without an exit handler (files are closed by their owners, and a thread may still be reading
/// when the program ends).
static inline int hdf5_start(void) {
  H5dont_atexit();
  return H5open();
}

/// Keeps the library from printing errors.
static inline void hdf5_silence(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

struct hdf5_error_text {
  char *text;
  size_t capacity;
};

static inline herr_t hdf5_take_error(unsigned n, const H5E_error2_t *error, void *context) {
  struct hdf5_error_text *into = (struct hdf5_error_text *)context;
  if (n == 0 && error->desc) snprintf(into->text, into->capacity, "%s", error->desc);
  return 0;
}

/// The innermost message of the last failed call, "" where there is none; clears the error stack.
static inline void hdf5_last_error(char *text, size_t capacity) {
  struct hdf5_error_text into = {text, capacity};
  text[0] = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, hdf5_take_error, &into);
  H5Eclear2(H5E_DEFAULT);
}

// MARK: Links

enum { hdf5_link_hard = 0, hdf5_link_soft = 1, hdf5_link_external = 2, hdf5_link_other = 3 };

/// What kind of link `name` is, or a negative number.
static inline int hdf5_link_kind(hid_t group, const char *name) {
#if H5_VERSION_GE(1, 12, 0)
  H5L_info2_t info;
  if (H5Lget_info2(group, name, &info, H5P_DEFAULT) < 0) return -1;
#else
  H5L_info_t info;
  if (H5Lget_info(group, name, &info, H5P_DEFAULT) < 0) return -1;
#endif
  switch (info.type) {
  case H5L_TYPE_HARD: return hdf5_link_hard;
  case H5L_TYPE_SOFT: return hdf5_link_soft;
  case H5L_TYPE_EXTERNAL: return hdf5_link_external;
  default: return hdf5_link_other;
  }
}

struct hdf5_visit {
  void *context;
  void (*name)(void *context, const char *name);
};

#if H5_VERSION_GE(1, 12, 0)
static inline herr_t hdf5_visit_link(hid_t group, const char *name, const H5L_info2_t *info, void *context) {
#else
static inline herr_t hdf5_visit_link(hid_t group, const char *name, const H5L_info_t *info, void *context) {
#endif
  (void)group;
  (void)info;
  struct hdf5_visit *visit = (struct hdf5_visit *)context;
  visit->name(visit->context, name);
  return 0;
}

/// Calls `name` with every name in a group, in alphabetical order.
static inline herr_t hdf5_each_link(hid_t group, void *context, void (*name)(void *context, const char *name)) {
  struct hdf5_visit visit = {context, name};
#if H5_VERSION_GE(1, 12, 0)
  return H5Literate2(group, H5_INDEX_NAME, H5_ITER_INC, NULL, hdf5_visit_link, &visit);
#else
  return H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, hdf5_visit_link, &visit);
#endif
}

/// Frees what reading `type` has allocated.
static inline herr_t hdf5_reclaim(hid_t type, hid_t space, void *values) {
#if H5_VERSION_GE(1, 12, 0)
  return H5Treclaim(type, space, H5P_DEFAULT, values);
#else
  return H5Dvlen_reclaim(type, space, H5P_DEFAULT, values);
#endif
}

/// Whether nothing was ever written to a contiguous dataset, so that it has no place in the file.
static inline int hdf5_has_no_place(hid_t dataset) { return H5Dget_offset(dataset) == HADDR_UNDEF; }

#endif
