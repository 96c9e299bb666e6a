// SPDX-License-Identifier: GPL-2.0
#include "view/html/page_parts.h"

const char page_head[] =
#include "page_head.inc"
	;

const char page_tail[] =
#include "page_tail.inc"
	;
