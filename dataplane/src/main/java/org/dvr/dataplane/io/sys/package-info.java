/**
 * The operating system, as far as ports and their supervisor need it: calls of the C library by the foreign-function API, numbers of kernel headers. Every
 * import of {@code java.lang.foreign} is here. Knows nothing of frames.
 *
 * <p>Thread: a {@link org.dvr.dataplane.io.sys.Libc} belongs to one thread; numbers and names are constants.
 */
package org.dvr.dataplane.io.sys;
