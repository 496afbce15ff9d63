/**
 * The lab: the cloud of {@code dvr.md} §9.0 in network namespaces of its own making. Guests, the outside and the wires are the
 * kernel's own; hosts are {@code dvr run}, or built from the kernel's parts as the original builds them.
 *
 * <p>Everything lies in namespaces named {@code dvrlab-LAB-…} and in the folder {@code /run/dvrlab-LAB}, so that it can be
 * found and removed after any crash. One thread builds; threads that play guests live as long as one conversation. It must
 * not know the command line.
 */
package org.dvr.app.lab;
