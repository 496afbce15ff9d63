/**
 * The metadata proxy of the host (dvr.md §6.6): listens behind the attachment point {@code metadata}, tells guests apart by the numbers that the dataplane
 * gives them as source addresses, and relays their requests to Neutron's metadata agent.
 *
 * <p>HTTP is the JDK's own server and client; only an agent on a Unix socket, which that client cannot reach, is spoken to by a few lines here. Its threads
 * are its own and few. It reads the topology in force and changes nothing; no worker knows of it.
 */
package org.dvr.app.metadata;
