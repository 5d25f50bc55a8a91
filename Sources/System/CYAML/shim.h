// libyaml 0.2 (0.2.5 or later): the YAML events, with their positions.
#ifndef CYAML_SHIM_H
#define CYAML_SHIM_H
#include <yaml.h>
#endif
