package org.dvr.control.model;

/**
 * Where a resource was written, for messages.
 *
 * @param file the file as the operator named it
 * @param list top-level key
 * @param index place in the list, from 0; {@link #NONE} of what is in no list
 * @param label what identifies the resource to a reader, as {@code id 7c1f…} or {@code name compute1}; empty where it has nothing
 */
public record Origin(String file, String list, int index, String label) {
    /** {@link #index()} of what a configuration said, which is in no list. */
    public static final int NONE = -1;

    private static final int LONGEST_WHOLE_ID = 12;

    /**
     * Shortens an id for messages.
     *
     * @param id a resource's id
     * @return the id, or where it is longer than 12 characters (as UUIDs are) its first four and an ellipsis
     */
    public static String abbreviate(final String id) {
        return id.length() > LONGEST_WHOLE_ID ? id.substring(0, 4) + "…" : id;
    }

    @Override
    public String toString() {
        if (index == NONE) {
            return file + ": " + label;
        }
        final String place = file + ": " + list + "[" + index + "]";
        return label.isEmpty() ? place : place + " (" + label + ")";
    }
}
