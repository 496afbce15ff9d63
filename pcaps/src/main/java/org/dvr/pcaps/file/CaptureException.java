package org.dvr.pcaps.file;

import java.nio.file.Path;

/**
 * A capture file that cannot be read or written, in one line for the operator.
 * <p>The message is {@code FILE: frame N at offset M: what is wrong; remedy} where a frame is concerned, and
 * {@code FILE: what is wrong; remedy} where the whole file is.
 */
public final class CaptureException extends RuntimeException {
    /** Number and offset of an exception that concerns no frame. */
    public static final long NONE = -1;

    private static final long serialVersionUID = 1L;

    private final long frameNumber;
    private final long fileOffset;

    CaptureException(final Path file, final String what, final String remedy) {
        this(file, what, remedy, null);
    }

    CaptureException(final Path file, final String what, final String remedy, final Throwable cause) {
        super(file + ": " + what + "; " + remedy, cause);
        this.frameNumber = NONE;
        this.fileOffset = NONE;
    }

    CaptureException(
            final Path file, final long frameNumber, final long fileOffset, final String what, final String remedy) {
        super(file + ": frame " + frameNumber + " at offset " + fileOffset + ": " + what + "; " + remedy);
        this.frameNumber = frameNumber;
        this.fileOffset = fileOffset;
    }

    /**
     * The frame that could not be read.
     *
     * @return 1 for the first frame of the file, {@link #NONE} when no frame is concerned
     */
    public long frameNumber() {
        return frameNumber;
    }

    /**
     * Where the record or block at fault begins.
     *
     * @return bytes from the start of the file, {@link #NONE} when no frame is concerned
     */
    public long fileOffset() {
        return fileOffset;
    }
}
