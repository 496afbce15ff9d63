/**
 * Fuzz tests of every decoder: any bytes, no exception, no read past the length. Without a fuzzer they run on their seeds.
 *
 * <p>Run one with {@code JAZZER_FUZZ=1 mvn -pl codec test -Dtest=NetworkDecoderFuzzTest#shouldJudgeAnyIpv4Packet}. Must not know what
 * decoded packets are for.
 */
package org.dvr.codec.fuzz;
