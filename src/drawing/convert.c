/* SVG as PNG and PDF, drawn by librsvg on surfaces of cairo. */
#include "drawing/convert.h"

#include <cairo-pdf.h>
#include <gio/gio.h>
#include <librsvg/rsvg.h>
#include <math.h>

enum { POINTS = 72, PIXELS = 300 /* per inch */ };

typedef struct image {
  RsvgHandle *handle;
  double width, height; /* in points or pixels */
} image;

static iclgd_status fail(const GError *reason, iclgd_error *err) {
  return iclgd_fail(err, ICLGD_EIO, "cannot draw the picture: %s",
                    reason ? reason->message : "librsvg gave no reason");
}

static iclgd_status open_image(const iclgd_svg_file *svg, double per_inch,
                               image *out, iclgd_error *err) {
  GError *reason = NULL;
  GInputStream *stream =
      g_memory_input_stream_new_from_data(svg->text, (gssize)svg->length, NULL);
  out->handle = rsvg_handle_new_from_stream_sync(
      stream, NULL, RSVG_HANDLE_FLAG_UNLIMITED, NULL, &reason);
  g_object_unref(stream);
  if (!out->handle) {
    const iclgd_status status = fail(reason, err);
    g_clear_error(&reason);
    return status;
  }
  rsvg_handle_set_dpi(out->handle, per_inch);
  if (rsvg_handle_get_intrinsic_size_in_pixels(out->handle, &out->width,
                                               &out->height))
    return ICLGD_OK;
  g_clear_object(&out->handle);
  return iclgd_fail(err, ICLGD_EIO, "cannot draw a picture without a size");
}

/* What could not be written is seen by whoever closes the stream. */
static iclgd_status check(cairo_status_t status, iclgd_error *err) {
  if (status == CAIRO_STATUS_SUCCESS || status == CAIRO_STATUS_WRITE_ERROR)
    return ICLGD_OK;
  if (status == CAIRO_STATUS_NO_MEMORY)
    return iclgd_fail_memory(err, "the picture");
  return iclgd_fail(err, ICLGD_EIO, "cannot draw the picture: %s",
                    cairo_status_to_string(status));
}

/* Draw the whole image; what went wrong on the surface is seen at its end. */
static iclgd_status draw(const image *picture, cairo_surface_t *surface,
                         iclgd_error *err) {
  const RsvgRectangle all = {0, 0, picture->width, picture->height};
  GError *reason = NULL;
  cairo_t *context = cairo_create(surface);
  iclgd_status status = check(cairo_status(context), err);
  if (!status && cairo_status(context) == CAIRO_STATUS_SUCCESS &&
      !rsvg_handle_render_document(picture->handle, context, &all, &reason))
    status = fail(reason, err);
  g_clear_error(&reason);
  cairo_destroy(context);
  return status;
}

static cairo_status_t write_bytes(void *file, const unsigned char *bytes,
                                  unsigned length) {
  return fwrite(bytes, 1, length, file) == length ? CAIRO_STATUS_SUCCESS
                                                  : CAIRO_STATUS_WRITE_ERROR;
}

iclgd_status iclgd_svg_to_pdf(const iclgd_svg_file *svg, FILE *out,
                              iclgd_error *err) {
  image picture = {0};
  TRY(open_image(svg, POINTS, &picture, err));
  cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(
      write_bytes, out, picture.width, picture.height);
  /* The date would make equal pictures differ. */
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, NULL);
  iclgd_status status = draw(&picture, surface, err);
  cairo_surface_finish(surface);
  if (!status) status = check(cairo_surface_status(surface), err);
  cairo_surface_destroy(surface);
  g_object_unref(picture.handle);
  return status;
}

iclgd_status iclgd_svg_to_png(const iclgd_svg_file *svg, FILE *out,
                              iclgd_error *err) {
  image picture = {0};
  TRY(open_image(svg, PIXELS, &picture, err));
  cairo_surface_t *surface = cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, (int)ceil(picture.width), (int)ceil(picture.height));
  cairo_t *context = cairo_create(surface);
  cairo_set_source_rgb(context, 1, 1, 1); /* also beyond the last whole pixel */
  cairo_paint(context);
  cairo_destroy(context);
  iclgd_status status = draw(&picture, surface, err);
  if (!status)
    status = check(cairo_surface_write_to_png_stream(surface, write_bytes, out),
                   err);
  cairo_surface_destroy(surface);
  g_object_unref(picture.handle);
  return status;
}
