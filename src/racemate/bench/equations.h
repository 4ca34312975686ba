// The workloads' equations written by hand, for solvers that are compared with the engine: what a programmer who knows
// the model would compile. Written from the equations, not from the model files, so that they also check those.
//
// A struct has kStates, kOutputs, kParameters (names in the model file, in the order of the constructor's argument),
// initial(x), derivative(x, input, dx) with input the infusion into the first state (mg/h), and outputs(x, y).
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace racemate::bench {

// Disposition by three compartments; amounts (mg).
struct ThreeCompartments {
  static constexpr std::size_t kStates = 3;
  static constexpr std::size_t kOutputs = 1;
  static constexpr std::array<const char*, 6> kParameters{"CL", "V1", "Q2", "V2", "Q3", "V3"};
  double k10, k12, k21, k13, k31, volume;

  explicit ThreeCompartments(std::span<const double> p)
      : k10(p[0] / p[1]), k12(p[2] / p[1]), k21(p[2] / p[3]), k13(p[4] / p[1]), k31(p[4] / p[5]), volume(p[1]) {}
  static void initial(double* x) { x[0] = x[1] = x[2] = 0; }
  void derivative(const double* x, double input, double* dx) const {
    dx[0] = input - (k10 + k12 + k13) * x[0] + k21 * x[1] + k31 * x[2];
    dx[1] = k12 * x[0] - k21 * x[1];
    dx[2] = k13 * x[0] - k31 * x[2];
  }
  void outputs(const double* x, double* y) const { y[0] = x[0] / volume; }
};

// Saturable elimination, two compartments (mg), effect site (mg/L), turnover response.
struct Saturable {
  static constexpr std::size_t kStates = 4;
  static constexpr std::size_t kOutputs = 2;
  static constexpr std::array<const char*, 8> kParameters{"VMAX", "KM", "V1", "Q", "V2", "KE0", "KOUT", "IC50"};
  static constexpr double kBaseline = 100;
  static constexpr double kLargestInhibition = 0.85;
  double vmax, km, v1, q, v2, ke0, kout, ic50;

  explicit Saturable(std::span<const double> p)
      : vmax(p[0]), km(p[1]), v1(p[2]), q(p[3]), v2(p[4]), ke0(p[5]), kout(p[6]), ic50(p[7]) {}
  static void initial(double* x) {
    x[0] = x[1] = x[2] = 0;
    x[3] = kBaseline;
  }
  void derivative(const double* x, double input, double* dx) const {
    const double c = x[0] / v1;
    const double exchange = q * (c - x[1] / v2);
    dx[0] = input - vmax * c / (km + c) - exchange;
    dx[1] = exchange;
    dx[2] = ke0 * (c - x[2]);
    dx[3] = kout * (kBaseline * (1 - kLargestInhibition * x[2] / (ic50 + x[2])) - x[3]);
  }
  void outputs(const double* x, double* y) const {
    y[0] = x[0] / v1;
    y[1] = x[3];
  }
};

// ThreeCompartments, a metabolite in two compartments from 0.8 of its elimination, and one in one from 0.7 of that's.
struct Metabolites {
  static constexpr std::size_t kStates = 6;
  static constexpr std::size_t kOutputs = 3;
  static constexpr std::array<const char*, 12> kParameters{"CL",  "V1",  "Q2", "V2",  "Q3",  "V3",
                                                           "CLN", "VN1", "QN", "VN2", "CLM", "VM"};
  ThreeCompartments parent;
  double formed, n10, n12, n21, formed_second, m10, metabolite_volume, second_volume;

  explicit Metabolites(std::span<const double> p)
      : parent(p.first(6)),
        formed(0.8 * p[0] / p[1]),
        n10(p[6] / p[7]),
        n12(p[8] / p[7]),
        n21(p[8] / p[9]),
        formed_second(0.7 * p[6] / p[7]),
        m10(p[10] / p[11]),
        metabolite_volume(p[7]),
        second_volume(p[11]) {}
  static void initial(double* x) {
    for (std::size_t i = 0; i < kStates; ++i) x[i] = 0;
  }
  void derivative(const double* x, double input, double* dx) const {
    parent.derivative(x, input, dx);
    dx[3] = formed * x[0] - (n10 + n12) * x[3] + n21 * x[4];
    dx[4] = n12 * x[3] - n21 * x[4];
    dx[5] = formed_second * x[3] - m10 * x[5];
  }
  void outputs(const double* x, double* y) const {
    parent.outputs(x, y);
    y[1] = x[3] / metabolite_volume;
    y[2] = x[5] / second_volume;
  }
};

}  // namespace racemate::bench
