# What lavaan reads in the models of syntax.json. Run beside this file: Rscript syntax.R
suppressMessages({ library(lavaan); library(jsonlite) })

models <- list(
  three_factors = "visual  =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed   =~ x7 + x8 + x9",
  democracy = "ind60 =~ x1+x2+x3
dem60 =~ y1+a*y2+b*y3+c*y4
dem65 =~ y5+a*y6+b*y7+c*y8
dem60 ~ ind60
dem65 ~ ind60+dem60
y1~~y5
y2~~y4+y6
y3~~y7
y4~~y8
y6~~y8",
  mediation = "leadership =~ LEAD01 + LEAD02 + LEAD03
significance =~ TSIG01 + TSIG02 + TSIG03
hostility =~ HOSTIL01 + HOSTIL02 + HOSTIL03
significance ~ a*leadership
hostility ~ b*significance + c*leadership
indirect := a*b
total := c + a*b
share := indirect / total
far := exp(-a^2) * sqrt(b) + log(c)^(a - 1) - 2^-b",
  constrained = "f =~ NA*x1 + l1*x1 + l2*x2 + l3*x3
f ~~ v*f
x1 ~~ e1*x1
x2 ~~ e2*x2
l1 + l2 + l3 == 3
e1 == 2*e2 - (l1 - l3)/v
v^2 == l1^2 + 4*l2*l3",
  two_levels = "level: 1
fw =~ y1+y2+y3
fw ~ x1+x2+x3
level: 2
fb =~ y1+y2+y3
fb ~ w1+w2",
  named_levels = "level: within
 f =~ a*y1 + b*y2 + c(d)*y3
level: between
 f =~ a*y1 + b*y2 + c(d)*y3
 y1 ~~ 0*y1; y2 ~~ 0*y2",
  thresholds = "C =~ c(NA, NA)*C1 + c(lambda.1_1, lambda.1_1)*C1
C =~ c(NA, NA)*C2 + c(lambda.2_1, lambda.2_1)*C2
C1 | c(NA, NA)*t1 + c(C1.thr1, C1.thr1)*t1
C1 | c(NA, NA)*t2 + c(C1.thr2, C1.thr2)*t2
C2 | t1 + t2 + -0.25*t3
C1 ~ c(0, NA)*1 + c(nu.1.g1, nu.1.g2)*1
C1 ~*~ c(1, NA)*C1
C2 ~*~ C2
C ~ c(0, 0)*1 + c(alpha.1.g1, alpha.1.g2)*1
C ~~ c(1, NA)*C + c(psi.1_1.g1, psi.1_1.g2)*C",
  growth = "i =~ 1*t1 + 1*t2 + 1*t3 + 1*t4
s =~ 0*t1 + 1*t2 + 2*t3 + 3*t4
i ~ 1 + x1
s ~ x1 + 1
t1 + t2 + t3 + t4 ~ 0
t1 ~~ r*t1; t2 ~~ r*t2; t3 ~~ r*t3; t4 ~~ r*t4",
  second_order = "v =~ x1 + x2 + x3
t =~ x4 + x5 + x6
s =~ x7 + x8 + x9
g =~ NA*v + t + s
g ~~ 1*g",
  bifactor = "g =~ x1+x2+x3+x4+x5+x6
a =~ x1+x2+x3
b =~ x4+x5+x6
g ~~ 0*a + 0*b
a ~~ 0*b",
  modifiers = "f =~ x1 + start(0.8)*x2 + equal(\"f=~x2\")*x3 + label(\"l4\")*x4 + \"l5\"*x5 + 0.5?x6
g =~ 1.5e-1*y1 + -1*y2 + .5*y3 + 2/3*y4 + sqrt(2)*y5 + start(c(.5,.6))*y6
f ~~ start(.3)*g + r*g
g ~ c(b1, b2)*f + start(c(0.1, NA))*f
x1 ~ c(\"i1\", \"i2\")*1
x2 ~ label(c(\"j1\", \"j2\"))*1
x3 ~ equal(c(\"k1\", \"k2\"))*1
x4 ~ NA*1",
  several_left = "a + b ~ c + d
a + b ~~ e
f + g =~ x + 2*y
f + g ~ 1
a + b ~ same*h",
  lines = "# a comment first

f =~ x1 +   # the line goes on
     x2

   + x3     ! another comment
\tg\t=~\ty1+y2 ;  h =~
 z1 + z2
f ~ g +

# between
 h",
  names = "f.1 =~ at.ease + x_1 + .hidden + X2
f.1 ~ c + start + label
c ~~ equal*level",
  residuals = "y1 ~~ y2 + y3
y2 ~~ y3
y1 ~ 0*y4 + b*x
y2 ~ b*x
x ~~ x"
)

at <- list(a = 0.7, b = 1.3, c = 2.1, e1 = 0.9, e2 = 0.4, l1 = 1.1, l2 = 0.8, l3 = 1.2, v = 1.7, r = 0.6)

# The value of an expression and its derivatives by the labels in it, at `at`.
worked_out <- function(text, given) {
  e <- parse(text = text)[[1]]
  by <- sort(all.vars(e))
  list(text = text, value = eval(e, given),
       gradient = as.list(sapply(by, function(name) eval(D(e, name), given), simplify = FALSE)))
}

read <- function(syntax) {
  flat <- lavParseModelString(syntax)
  given <- at
  constraints <- lapply(attr(flat, "constraints"), function(con) {
    right <- worked_out(con$rhs, given)
    left <- if (con$op == ":=") { given[[con$lhs]] <<- right$value; list(text = con$lhs) } else worked_out(con$lhs, given)
    list(op = con$op, left = left, right = right)
  })
  rows <- as.data.frame(flat[c("lhs", "op", "rhs", "block", "fixed", "start", "label")], stringsAsFactors = FALSE)
  list(syntax = syntax, rows = rows, constraints = constraints)
}

write_json(list(oracle = "lavaan", version = as.character(packageVersion("lavaan")), call = "lavParseModelString(syntax)",
                at = at, models = lapply(models, read)),
           "syntax.json", auto_unbox = TRUE, digits = NA, pretty = TRUE)
