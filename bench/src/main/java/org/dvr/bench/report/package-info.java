/**
 * Results of benchmarks as one page to read, without network or scripts. Cold, on the thread that ran the benchmarks. It knows JMH's results and no
 * benchmark.
 */
package org.dvr.bench.report;
