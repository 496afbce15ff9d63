package org.dvr.control.model;

/**
 * A value with the place where it was written, or nothing.
 *
 * @param value null where nobody said anything
 * @param place as {@code FILE:LINE: [section] key}, empty where nobody said anything
 * @param <T> type of the value
 */
public record Said<T>(T value, String place) {
    /**
     * @param <T> type of the value that nobody gave
     * @return a value that is not there
     */
    public static <T> Said<T> nothing() {
        return new Said<>(null, "");
    }

    /** @return true where somebody gave a value */
    public boolean isSaid() {
        return value != null;
    }

    /**
     * @param otherwise what holds where nobody said anything
     * @return the value
     */
    public T orElse(final T otherwise) {
        return value == null ? otherwise : value;
    }
}
