package org.dvr.control.ini;

/**
 * One assignment of an ini file.
 *
 * @param file as the operator named it
 * @param line where its key stands, from 1
 * @param section {@code DEFAULT}, or the name in lower case
 * @param key as written
 * @param value without quotes around it; lines that continue it are joined by line feeds
 */
record IniEntry(String file, int line, String section, String key, String value) {
    /** The section of keys that belong to no other. */
    static final String DEFAULT = "DEFAULT";

    /** @return file, line, section and key: the beginning of every message about it */
    String place() {
        return file + ":" + line + ": [" + section + "] " + key;
    }
}
