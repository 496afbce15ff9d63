/**
 * Results of benchmarks: read, compared with a baseline, kept, and shown as one page or in Markdown. Cold, on the thread that ran the benchmarks. It knows
 * files of results and neither a benchmark nor JMH's classes, so that other commands make pages of their figures too.
 */
package org.dvr.bench.report;
