/**
 * The qrouter: routes of a distributed virtual router, in the order of dvr.md §6.1, and the errors it tells
 * senders. Owned by one worker; it knows neither MACs of guests nor tunnels.
 */
package org.dvr.dataplane.stage.router;
