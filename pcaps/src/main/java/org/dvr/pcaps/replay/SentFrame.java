package org.dvr.pcaps.replay;

/**
 * A frame that the host sent.
 *
 * @param name  attachment point it left by
 * @param bytes the frame
 */
@SuppressWarnings("ArrayRecordComponent") // shown to people, never compared
public record SentFrame(String name, byte[] bytes) {}
