// sql.h — the front of the module: what makes SQL text.
#pragma once

#include "sql/template.h"
