/**
 * Which stage follows which, for a burst: parse all, fetch table lines for all, then decide and write each in order of arrival.
 * Owned by one worker. It knows every stage and the writer; it reads no clock.
 */
package org.dvr.dataplane.pipeline;
