/**
 * The cast of dvr.md §9.0 and a host to play on: what the tests of this module have in common. Everything here belongs to the test that made it.
 * It knows the module from outside, as the control plane and the ports do, and no stage.
 */
package org.dvr.dataplane.testing;
