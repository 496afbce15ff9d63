/**
 * The walks of dvr.md §9 and the rules around them, played on a whole worker: frames in at attachment points, frames out, counters. These tests know
 * what other hosts and guests would see, and nothing of how it comes about.
 */
package org.dvr.dataplane.walk;
