/**
 * Ports: where frames come from and go to. The pipeline knows only {@link org.dvr.dataplane.io.PacketPort}; memory, capture files and raw
 * sockets implement it. A port belongs to one worker.
 */
package org.dvr.dataplane.io;
