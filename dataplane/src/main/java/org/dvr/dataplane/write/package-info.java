/**
 * Write once: the only place where a frame's bytes change. {@link org.dvr.dataplane.write.FrameWriter} applies verdicts, {@link
 * org.dvr.dataplane.write.AnswerWriter} makes frames of our own. Owned by one worker; nothing is decided here but whether bytes fit.
 */
package org.dvr.dataplane.write;
