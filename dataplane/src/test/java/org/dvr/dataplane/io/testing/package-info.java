/** Network namespaces and plain packet sockets for tests of what lies on real devices. Everything belongs to the test that made it. */
package org.dvr.dataplane.io.testing;
