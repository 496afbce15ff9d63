/**
 * Fragments of packets whose addresses are translated: which ports they have, and where those wait that come before the first one. Owned by one worker; it
 * knows no router and no floating IP.
 */
package org.dvr.dataplane.stage.fragment;
