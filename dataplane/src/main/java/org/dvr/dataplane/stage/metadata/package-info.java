/**
 * The way to the host's metadata proxy and back (dvr.md §6.6): addresses are replaced without any state. Owned by one worker; knows
 * neither HTTP nor the proxy, which is a program of the host's own stack.
 */
package org.dvr.dataplane.stage.metadata;
