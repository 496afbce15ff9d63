/**
 * What a worker counts. One writer, the worker; readers add up. It knows no frame and no stage.
 */
package org.dvr.dataplane.stats;
