/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a problem read from a token stream, shared by the canonical text and the forms that users write. All run
 * inside context_run, leave the scanner behind what they read, and report errors at their place. */
#ifndef SEPTET_IR_PROBLEM_SCAN_H
#define SEPTET_IR_PROBLEM_SCAN_H

#include "base/scan.h"
#include "ir/problem.h"

/* Where the fields of a problem were written, so that a fault is shown at its field. */
enum { FIELD_PLACES_MAX = 40 };

typedef struct FieldPlaces {
    size_t start; /* of the problem: shown for a field that was not written */
    int count;
    struct {
        const char *field; /* as in ProblemFault */
        size_t offset;
    } places[FIELD_PLACES_MAX];
} FieldPlaces;

/* Remembers a place; of a field that is added twice the last one. `field` is kept by reference. */
void field_places_add(FieldPlaces *places, const char *field, size_t offset);

bool field_places_have(const FieldPlaces *places, const char *field);

/* The offset of a field, or of the start. `field` may be NULL. */
size_t field_places_find(const FieldPlaces *places, const char *field);

/* problem_check with the error at the place of the field. */
Status problem_check_at(Context *context, const Source *source, const FieldPlaces *places, const Problem *problem);

/* Is the current token the first word of a canonical text ("conv2d", "deconv3d")? */
bool problem_starts_at(const Scanner *scanner);

/* One canonical text; more tokens may follow. The problem is checked. */
Status problem_scan(Scanner *scanner, Problem *out);

/* An integer in lo..PROBLEM_MAX_EXTENT as the value of `field`. So limited, sizes can be calculated with before the
 * whole problem is checked. */
Status problem_scan_value(Scanner *scanner, const char *field, int64_t lo, int64_t *out);

/* One epilogue word with its parameters ("relu", "clamp=0,6"), appended to the problem's epilogue. */
Status problem_scan_epilogue(Scanner *scanner, Problem *problem);

/* A type: "f32". */
Status problem_scan_type(Scanner *scanner, ScalarType *out);

/* A layout, and the number of spatial dimensions that its spelling is for: "nhwc" gives 2. */
Status problem_scan_layout(Scanner *scanner, ActivationLayout *out, int *spatial);

#endif
