/**
 * How a packet's cost grows with what a cloud has more of: routers, prefixes, ports, floating IPs, flows, first packets, bytes. Each benchmark varies one
 * number. State belongs to the benchmark's thread. It must not know how frames are made, nor what a pipeline is made of: that is {@code traffic}'s.
 */
package org.dvr.bench.growth;
