// sql.h — the front of the module: what makes SQL text.
#pragma once

#include "sql/dialect.h"
#include "sql/template.h"
