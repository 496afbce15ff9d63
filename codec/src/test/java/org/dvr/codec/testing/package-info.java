/**
 * What tests of every module share: frames to send, statements about frames that come out, and a guard against allocation.
 *
 * <p>Published as a test-jar. For the thread of a test. Must not know any module but codec.
 */
package org.dvr.codec.testing;
