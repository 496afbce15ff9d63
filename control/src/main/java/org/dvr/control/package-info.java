/**
 * What should be: the facade {@link org.dvr.control.Topologies} over reading ({@code source}), the desired state ({@code model}) and
 * its compilation into a snapshot ({@code compile}).
 *
 * <p>Used by the supervisor thread and by tools; it may block on files. It knows nothing of frames, ports or workers.
 */
package org.dvr.control;
