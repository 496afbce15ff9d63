/**
 * What is remembered of a flow so that its next packet need not be decided again: speed is remembering (design.md §2). Owned by one worker. It knows verdicts
 * and connections, no stage: what a packet deserves is decided there and nowhere else.
 */
package org.dvr.dataplane.flow;
