/** Makes the inputs of scenarios and captures for tests. Test code only; it writes files below the folder it is given. */
package org.dvr.pcaps.testing;
