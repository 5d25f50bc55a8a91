// The parts of libminiupnpc that Rhizome uses. Debian 12 has 2.2.4, API version 17.
//
// UPNP_GetValidIGD, whose arguments and results changed with API 18, is left alone on purpose: it takes the first
// router that answers and mixes "not connected" with "private address". The UPnP module does that choice itself, from
// the description, UPNP_GetStatusInfo and UPNP_GetExternalIPAddress, which are the same in every version.
#ifndef CMINIUPNPC_SHIM_H
#define CMINIUPNPC_SHIM_H
#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/upnpcommands.h>
#include <miniupnpc/upnpreplyparse.h>
#if MINIUPNPC_API_VERSION < 14
#error "libminiupnpc is too old: upnpDiscover needs its ttl argument (API version 14, library 1.9.20150917 or later)"
#endif
#endif
