/**
 * br-int, br-tun and the physical bridges: which segment a frame is in, whether it may enter, and where its
 * destination MAC is (dvr.md §4, §5). Owned by one worker; it knows no router beyond its MAC.
 */
package org.dvr.dataplane.stage.bridge;
