package org.dvr.app;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** What {@code dvr --version} prints; the version is the one that the build writes into {@code version.properties}. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
        final Properties built = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            built.load(in);
        }
        return new String[] {"dvr " + built.getProperty("version") + " (Java " + Runtime.version() + ")"};
    }
}
