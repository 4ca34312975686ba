// The coefficients of the two methods. Tests prove their order.
#pragma once

#include <array>
#include <cstddef>

namespace racemate::engine::ode {

// Explicit Runge-Kutta 5(4), first same as last, with a free interpolant of order 4: Ch. Tsitouras, Runge-Kutta pairs
// of order 5(4) satisfying only the first column simplifying assumption, Computers and Mathematics with Applications
// 62 (2011) 770-775.
namespace tsitouras {
inline constexpr std::size_t kStages = 7;
inline constexpr std::array<double, kStages> kNodes = {0, 0.161, 0.327, 0.9, 0.9800255409045097, 1, 1};
// Row i gives the state at which stage i + 2 is evaluated; the last one is the result of the step.
inline constexpr double kRows[kStages - 1][kStages - 1] = {
    {0.161},
    {-0.008480655492356989, 0.335480655492357},
    {2.8971530571054935, -6.359448489975075, 4.3622954328695815},
    {5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525},
    {5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.028269050394068383},
    {0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774}};
// The fifth-order result less the fourth-order one.
inline constexpr std::array<double, kStages> kError = {
    -0.00178001105222577714, -0.0008164344596567469, 0.007880878010261995, -0.1447110071732629,
    0.5823571654525552,      -0.45808210592918697,   0.015151515151515152};
// y(t + theta h) = y + h sum_j theta (d_j1 + theta (d_j2 + theta (d_j3 + theta d_j4))) k_j.
inline constexpr double kDense[kStages][4] = {{1.0, -2.763706197274826, 2.9132554618219126, -1.0530884977290216},
                                              {0, 0.13169999999999998, -0.2234, 0.1017},
                                              {0, 3.9302962368947516, -5.941033872131505, 2.490627285651253},
                                              {0, -12.411077166933676, 30.33818863028232, -16.548102889244902},
                                              {0, 37.50931341651104, -88.1789048947664, 47.37952196281928},
                                              {0, -27.896526289197286, 65.09189467479366, -34.87065786149661},
                                              {0, 1.5, -4, 2.5}};
// |R(z)| <= 1 for z in [-3.507, 0]; a step at this share of that limit counts as stiff.
inline constexpr double kStiffLimit = 3.2;
}  // namespace tsitouras

// L-stable, stiffly accurate Rosenbrock method of order 5(4) with eight stages: G. Steinebach,
// Construction of Rosenbrock-Wanner method Rodas5P and numerical benchmarks within the Julia Differential
// Equations package, BIT Numerical Mathematics 63 (2023) 27. In the form that needs no product with the Jacobian
// (Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.7):
//   (I / (gamma h) - J) u_i = f(t + c_i h, y + sum_j a_ij u_j) + (1 / h) sum_j C_ij u_j + d_i h df/dt.
namespace rodas {
inline constexpr std::size_t kStages = 8;
inline constexpr double kGamma = 0.21193756319429014;
inline constexpr std::array<double, kStages> kNodes = {
    0, 0.6358126895828704, 0.4095798393397535, 0.9769306725060716, 0.4288403609558664, 1, 1, 1};
inline constexpr std::array<double, kStages> kTimeWeights = {
    0.21193756319429014, -0.42387512638858027, -0.3384627126235924, 1.8046452872882734, 2.325825639765069, 0, 0, 0};
// Row i gives the state of stage i + 2; the last one is the result of the step, and its last increment the error
// estimate.
inline constexpr double kRows[kStages][kStages] = {
    {3.0},
    {2.849394379747939, 0.45842242204463923},
    {-6.954028509809101, 2.489845061869568, -10.358996098473584},
    {2.8029986275628964, 0.5072464736228206, -0.3988312541770524, -0.04721187230404641},
    {-7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946},
    {-7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946, 1},
    {-7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946, 1, 1},
    {-7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946, 1, 1, 1}};
// Row i belongs to stage i + 2.
inline constexpr double kCoupling[kStages - 1][kStages - 1] = {
    {-14.155112264123755},
    {-17.97296035885952, -2.859693295451294},
    {147.12150275711716, -1.41221402718213, 71.68940251302358},
    {165.43517024871676, -0.4592823456491126, 42.90938336958603, -5.961986721573306},
    {24.854864614690072, -3.0009227002832186, 47.4931110020768, 5.5814197821558125, -0.6610691825249471},
    {30.91273214028599, -3.1208243349937974, 77.79954646070892, 34.28646028294783, -19.097331116725623,
     -28.087943162872662},
    {37.80277123390563, -3.2571969029072276, 112.26918849496327, 66.9347231244047, -40.06618937091002,
     -54.66780262877968, -9.48861652309627}};
}  // namespace rodas

}  // namespace racemate::engine::ode
