/* SPDX-License-Identifier: GPL-2.0 */
/* A record as a JSON object, by its table (model/field.h). NULL without memory. */
#ifndef IPITRACE_VIEW_JSON_FIELDS_H
#define IPITRACE_VIEW_JSON_FIELDS_H

#include <jansson.h>
#include "model/field.h"

struct json_fields {
	const void *root; /* the record around all others, for the tables' rules */
	/* NULL: none. Give values to the derived fields of @record, which are null in *@object; see parts__add(). */
	void (*derive)(json_t **object, const struct form *of, const void *record,
		       const void *root);
};

json_t *json_fields__object(const struct json_fields *fields, const struct form *of,
			    const void *record);

#endif /* IPITRACE_VIEW_JSON_FIELDS_H */
