/**
 * A compute host made of memory: a cloud around it, frames of many flows laid out as a device would deliver them, ports, and the check that what
 * leaves is right. Owned by the benchmark's thread. It must not know JMH.
 */
package org.dvr.bench.traffic;
