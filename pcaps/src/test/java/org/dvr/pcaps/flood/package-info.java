/**
 * Floods in replay: one guest or somebody outside sends as much as it can, while the flows of another guest go on. Captures are generated from a seed, since
 * they are too long to ship; nothing here knows how the forwarder withstands. One thread owns everything.
 */
package org.dvr.pcaps.flood;
