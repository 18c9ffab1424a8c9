/* References into global heaps (HDF5 File Format Specification 3.0, III.E):
 *   a reference: length (4 bytes), address of a collection (8), index (4);
 *   a collection: "GCOL", version 1, 3 bytes, size (8), then objects: index
 *   (2), count (2), 4 bytes, size (8), data up to a multiple of 8 bytes.
 *   Index 0 is the free space that ends it. All little-endian. */
#include "heap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/handle.h"

enum { REFERENCE = 16, HEADER = 16, OBJECT = 16 };
static const uint64_t collection_max = 1 << 28, texts_max = 1 << 28;

typedef struct heap_file {
  int descriptor;   /* HDF5's own: the path may lead elsewhere by now */
  uint64_t base;    /* of addresses */
  uint64_t address; /* of the collection in memory */
  uint64_t size;
  unsigned char *collection; /* NULL before the first one */
} heap_file;

static uint64_t number(const unsigned char *bytes, size_t count) {
  uint64_t value = 0;
  while (count-- > 0) value = value << 8 | bytes[count];
  return value;
}

static bool read_at(const heap_file *h, uint64_t at, size_t count,
                    unsigned char *out) {
  return at < INT64_MAX &&
         pread(h->descriptor, out, count, (off_t)at) == (ssize_t)count;
}

static bool load_collection(heap_file *h, uint64_t address) {
  unsigned char header[HEADER];
  if (h->collection && h->address == address) return true;
  free(h->collection);
  h->collection = NULL;
  h->address = address;
  if (address > INT64_MAX - h->base ||
      !read_at(h, h->base + address, HEADER, header) ||
      memcmp(header, "GCOL\1", 5) != 0)
    return false;
  h->size = number(header + 8, 8);
  if (h->size < HEADER || h->size > collection_max) return false;
  h->collection = malloc(h->size);
  return h->collection && read_at(h, h->base + address, h->size, h->collection);
}

/* Whether the collection has an object of that index and at least that size;
 * every object before it must end inside. */
static bool has_object(const heap_file *h, uint64_t index, uint64_t length) {
  for (uint64_t at = HEADER; h->size - at >= OBJECT;) {
    const unsigned char *object = h->collection + at;
    const uint64_t size = number(object + 8, 8);
    if (number(object, 2) == 0 || size > h->size - at - OBJECT) return false;
    if (number(object, 2) == index) return length <= size;
    const uint64_t padded = (size + 7) / 8 * 8;
    if (padded > h->size - at - OBJECT) return false;
    at += OBJECT + padded;
  }
  return false;
}

/* Many references may lead to one text: how much all of them ask for. */
static bool is_sound(heap_file *h, uint64_t offset, size_t count) {
  uint64_t all = 0;
  for (size_t i = 0; i < count; ++i) {
    unsigned char reference[REFERENCE];
    if (!read_at(h, offset + i * REFERENCE, REFERENCE, reference)) return false;
    const uint64_t address = number(reference + 4, 8);
    if (address == 0) continue; /* no text */
    all += number(reference, 4);
    if (all > texts_max || !load_collection(h, address) ||
        !has_object(h, number(reference + 12, 4), number(reference, 4)))
      return false;
  }
  return true;
}

/* False where the file is not read by the driver of plain files, or addresses
 * have another size than ours. */
static bool open_heap(hid_t file, heap_file *h) {
  size_t address_size, length_size;
  hsize_t block;
  int *descriptor;
  HANDLE creation = H5Fget_create_plist(file);
  HANDLE access = H5Fget_access_plist(file);
  if (creation < 0 || access < 0 || H5Pget_driver(access) != H5FD_SEC2 ||
      H5Fget_vfd_handle(file, access, (void **)&descriptor) < 0 ||
      H5Pget_sizes(creation, &address_size, &length_size) < 0 ||
      H5Pget_userblock(creation, &block) < 0)
    return false;
  h->descriptor = *descriptor;
  h->base = block;
  return address_size == 8 && length_size == 8;
}

bool iclgd_heap_is_sound(const iclgd_object *object) {
  heap_file h = {0};
  if (H5Iget_type(object->id) != H5I_DATASET) return true;
  const haddr_t offset = H5Dget_offset(object->id);
  HANDLE file = H5Iget_file_id(object->id);
  if (offset == HADDR_UNDEF || file < 0 || !open_heap(file, &h)) return true;
  const bool sound = is_sound(&h, offset, object->count);
  free(h.collection);
  return sound;
}
